# syntax=docker/dockerfile:1
# Listens on every address of the container, so it wants API keys (`docker run … quoth keys add`)
# or QUOTH_INSECURE=true where the port is published on loopback alone:
#   docker run -e QUOTH_INSECURE=true -p 127.0.0.1:8000:8000 quoth
FROM python:3.12.12-slim-bookworm AS build
WORKDIR /build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/quoth
# The CPU build of torch: a plain install elsewhere brings accelerator libraries along.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN /opt/quoth/bin/pip install --extra-index-url "${TORCH_INDEX}" torch==2.13.0
COPY pyproject.toml README.md LICENSE ./
COPY index index
COPY qa qa
COPY eval eval
RUN /opt/quoth/bin/pip install .

FROM python:3.12.12-slim-bookworm
RUN useradd --create-home --uid 10001 quoth
COPY --from=build /opt/quoth /opt/quoth
WORKDIR /home/quoth
COPY --chown=quoth:quoth seeds seeds
USER quoth
# Built here, so that the first answer does not wait for it; mount a volume to keep changes.
RUN ["/opt/quoth/bin/quoth", "index", "seeds"]
ENV PATH=/opt/quoth/bin:$PATH QUOTH_HOST=0.0.0.0 QUOTH_PORT=8000
EXPOSE 8000
VOLUME ["/home/quoth/.quoth"]
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
ENTRYPOINT ["quoth"]
CMD ["serve"]
