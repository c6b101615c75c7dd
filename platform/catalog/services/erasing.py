"""A workspace goes with what it has on disk: the files of the models that it trained."""

import shutil

import structlog

from accounts.models import Workspace
from accounts.services.workspaces import delete_workspace
from catalog.models import TrainedModel
from catalog.queries.trained import folder_of

log = structlog.get_logger(__name__)

FOLDERS = "folders of trained models"


def erase_workspace(*, workspace: Workspace) -> dict[str, int]:
    """Delete a workspace with every row of it, and then the files of its trained models.

    Returns how many rows, by table, and under FOLDERS how many folders, counted by looking again
    once they are gone. Not in a transaction of the caller's: files do not come back.
    """
    names = TrainedModel.objects.filter(workspace=workspace).values_list("name", flat=True)
    folders = [folder for name in names if (folder := folder_of(name)).is_dir()]
    counts = delete_workspace(workspace=workspace)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    gone = sum(not folder.exists() for folder in folders)
    if gone < len(folders):
        log.warning("workspace.files_left", workspace=workspace.name, folders=len(folders) - gone)
    return counts | ({FOLDERS: gone} if folders else {})
