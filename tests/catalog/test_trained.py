import shutil

import numpy as np
import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from safetensors.numpy import save_file

from catalog.models import TrainedModel
from catalog.queries.trained import (
    find_running,
    folder_of,
    reading_version,
    refuse_changed,
    wanted_encoder,
)
from catalog.services.erasing import FOLDERS, erase_workspace
from catalog.services.trained import (
    KEPT_REFUSED,
    Trained,
    promote,
    promote_if_better,
    register,
    rollback,
    training_folder,
)
from core.errors import ConflictError, NotFoundError
from tests.factories import make_workspace

State = TrainedModel.State


@pytest.fixture(autouse=True)
def own_models(settings, tmp_path):
    settings.MODELS = tmp_path


def make(workspace, *, low=0.1, against=None, use="sentiment", weight=1.0) -> TrainedModel:
    with training_folder() as folder:
        save_file({"line": np.array([weight])}, folder / "model.safetensors")
        (folder / "head.json").write_text("{}")
        return register(
            workspace_id=workspace.pk,
            folder=folder,
            trained=Trained(
                use=use, method="frozen", base="b", metrics={"gain": {"low": low}}, against=against
            ),
        )


def states(*models):
    return [TrainedModel.objects.get(pk=model.pk).state for model in models]


def test_a_model_that_gains_surely_runs_and_one_that_may_not_is_refused(workspace):
    better, worse = make(workspace), make(workspace, low=0.0, weight=2.0)
    assert not promote_if_better(worse)
    assert promote_if_better(better)
    assert states(better, worse) == [State.RUNNING, State.REFUSED]
    assert find_running(workspace.pk, "sentiment") == better


def test_a_model_judged_against_another_than_the_one_that_runs_must_be_judged_again(workspace):
    first, second = make(workspace), make(workspace, weight=2.0)
    promote_if_better(first)
    with pytest.raises(ConflictError):
        promote_if_better(second)
    third = make(workspace, weight=3.0, against=first.pk)
    assert promote_if_better(third)
    assert states(first, second, third) == [State.RETIRED, State.CANDIDATE, State.RUNNING]


def test_a_rollback_goes_back_step_by_step_to_the_default(workspace):
    first = make(workspace)
    promote_if_better(first)
    second = make(workspace, weight=2.0, against=first.pk)
    promote_if_better(second)
    assert rollback(workspace.pk, "sentiment") == first
    assert states(first, second) == [State.RUNNING, State.RETIRED]
    assert rollback(workspace.pk, "sentiment") is None
    assert find_running(workspace.pk, "sentiment") is None
    with pytest.raises(NotFoundError):
        rollback(workspace.pk, "sentiment")


def test_of_refused_models_the_newest_keep_their_files_and_all_their_figures(
    workspace, django_capture_on_commit_callbacks
):
    runs = make(workspace)
    promote_if_better(runs)
    refused = []
    for number in range(KEPT_REFUSED + 2):
        model = make(workspace, low=-0.1, against=runs.pk, weight=2.0 + number)
        with django_capture_on_commit_callbacks(execute=True):
            assert not promote_if_better(model)
        refused.append(model)
    other = make(workspace, low=-0.1, use="safety", weight=99.0)
    with django_capture_on_commit_callbacks(execute=True):
        promote_if_better(other)
    here = [folder_of(model.name).is_dir() for model in (*refused, runs, other)]
    assert here == [False, False, True, True, True, True, True]
    rows = TrainedModel.objects.filter(state=State.REFUSED, use="sentiment").order_by("pk")
    assert [row.files_deleted_at is None for row in rows] == here[:5]
    assert {row.metrics["gain"]["low"] for row in rows} == {-0.1}
    with pytest.raises(NotFoundError):
        promote(refused[0])
    assert promote(refused[-1])


def test_a_refused_model_whose_files_are_about_to_be_deleted_does_not_run(workspace):
    model = make(workspace, low=-0.1)
    promote_if_better(model)
    TrainedModel.objects.update(files_deleted_at=timezone.now())
    with pytest.raises(NotFoundError):
        promote(model)
    assert folder_of(model.name).is_dir()


def test_a_head_does_not_run_without_the_encoder_that_it_reads_by(workspace):
    encoder, head = make(workspace, use="encoder", weight=2.0), make(workspace)
    TrainedModel.objects.filter(pk=head.pk).update(base=encoder.name)
    head.refresh_from_db()
    assert promote(head)
    rollback(workspace.pk, "sentiment")
    shutil.rmtree(folder_of(encoder.name))
    head.refresh_from_db()
    with pytest.raises(NotFoundError, match="encoder that it reads by"):
        promote(head)


def test_going_back_never_goes_round_in_circles(workspace):
    first, second = make(workspace), make(workspace, weight=2.0)
    for model in (first, second, first):
        promote(TrainedModel.objects.get(pk=model.pk))
    back = [rollback(workspace.pk, "sentiment") for _ in range(3)]
    assert back == [second, first, None]
    with pytest.raises(NotFoundError):
        rollback(workspace.pk, "sentiment")


def test_a_model_whose_files_are_gone_is_passed_over_on_the_way_back(workspace):
    models = [make(workspace, weight=weight) for weight in (1.0, 2.0, 3.0)]
    for model in models:
        promote(model)
    folder_of(models[1].name).rename(folder_of("elsewhere"))
    assert rollback(workspace.pk, "sentiment") == models[0]


def test_staff_may_promote_what_was_refused_but_not_what_has_no_files(workspace):
    model = make(workspace, low=-0.1)
    assert not promote_if_better(model)
    assert promote(model)
    assert not promote(model)
    gone = make(workspace, weight=2.0)
    folder_of(gone.name).rename(folder_of("elsewhere"))
    with pytest.raises(NotFoundError):
        promote(gone)
    assert states(model, gone) == [State.RUNNING, State.CANDIDATE]


def test_two_models_of_one_use_never_run_at_once(workspace):
    promote(make(workspace))
    make(workspace, weight=2.0)
    with pytest.raises(IntegrityError), transaction.atomic():
        TrainedModel.objects.update(state=State.RUNNING)


def test_another_head_makes_readings_stale_and_an_encoder_does_not(workspace):
    other = make_workspace()
    assert reading_version(workspace.pk, "read-1") == "read-1"
    promote(make(workspace, use="encoder"))
    assert reading_version(workspace.pk, "read-1") == "read-1"
    promote(make(workspace))
    with_one = reading_version(workspace.pk, "read-1")
    promote(make(workspace, use="safety", weight=2.0))
    with_two = reading_version(workspace.pk, "read-1")
    assert len({with_one, with_two, "read-1"}) == 3
    assert len(with_two) <= 32
    assert reading_version(other.pk, "read-1") == "read-1"


def test_the_wanted_encoder_is_the_workspaces_own_where_one_runs(workspace, settings):
    assert wanted_encoder(workspace.pk) == settings.ENCODER
    own = make(workspace, use="encoder")
    promote(own)
    assert wanted_encoder(workspace.pk) == str(folder_of(own.name))
    rollback(workspace.pk, "encoder")
    assert wanted_encoder(workspace.pk) == settings.ENCODER


def test_a_run_that_breaks_leaves_nothing_behind(workspace, tmp_path):
    with pytest.raises(RuntimeError):
        break_while_writing()
    assert list(tmp_path.iterdir()) == []


def break_while_writing():
    with training_folder() as folder:
        (folder / "model.safetensors").write_bytes(b"half")
        raise RuntimeError


def test_pickles_are_not_taken_in(workspace, tmp_path):
    with training_folder() as folder:
        (folder / "model.bin").write_bytes(b"x")
        with pytest.raises(ConflictError):
            register(
                workspace_id=workspace.pk,
                folder=folder,
                trained=Trained(use="sentiment", method="frozen", base="b"),
            )
    assert not TrainedModel.objects.exists()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("file", ["model.safetensors", "head.json"])
def test_a_file_that_was_changed_is_named_and_keeps_a_model_from_running(workspace, file):
    model = make(workspace)
    refuse_changed(model)
    (folder_of(model.name) / file).write_bytes(b"{} ")
    with pytest.raises(ConflictError, match=rf"{file} in .*{model.name}.*rollback sentiment"):
        promote(model)
    assert states(model) == [State.CANDIDATE]


def test_of_a_model_from_before_every_file_was_noted_the_weights_are_looked_at(workspace):
    model = make(workspace)
    model.files = {}
    refuse_changed(model)
    save_file({"line": np.array([2.0])}, folder_of(model.name) / "model.safetensors")
    with pytest.raises(ConflictError):
        refuse_changed(model)


def test_an_erased_workspace_takes_its_models_folders_along_and_nobody_elses(workspace, tmp_path):
    kept = make(make_workspace())
    make(workspace), make(workspace, weight=2.0)
    counts = erase_workspace(workspace=workspace)
    assert (counts[FOLDERS], counts["catalog.trainedmodel"]) == (2, 2)
    assert [folder.name for folder in tmp_path.iterdir()] == [kept.name]
