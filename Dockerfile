# One static binary, a user that is not root, and a health check that needs no shell.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o /basalt . && mkdir /data

FROM scratch
COPY --from=build /basalt /basalt
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
WORKDIR /data
# In a container the network is what protects the server: it listens on all of
# the container's addresses, and protected mode refuses strangers until a
# password is set.
ENV BASALT_BIND="* -::*" BASALT_DIR=/data BASALT_METRICS_BIND=0.0.0.0
EXPOSE 6379 9121
VOLUME /data
HEALTHCHECK --interval=10s --timeout=4s --start-period=5s CMD ["/basalt", "ping"]
ENTRYPOINT ["/basalt"]
