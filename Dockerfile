# docker build -t words . && docker run -d -v words:/data -p 6697:6697 words
# The volume has everything that is kept, and config.toml: make both with
#   docker run --rm -it -v words:/data words init --config /data/config.toml --data .
FROM python:3.13-slim

COPY . /src
RUN pip install --no-cache-dir --constraint /src/constraints.txt '/src[certificates]' \
    && rm -r /src \
    && useradd --system --uid 970 --home-dir /data words \
    && install -d -o words -g words -m 0700 /data

USER words
WORKDIR /data
VOLUME /data
EXPOSE 6697
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s CMD ["words", "status", "--config", "/data/config.toml"]
ENTRYPOINT ["words"]
CMD ["serve", "--config", "/data/config.toml"]
