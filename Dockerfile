# syntax=docker/dockerfile:1

# Releases give it by digest, which `make image` insists on: docs/development.md, "Releases".
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-progress --loglevel=error
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/bundle-workflows.ts scripts/workflow-bundle.ts scripts/
COPY src src
RUN npm run build && npm prune --omit=dev --no-save --no-progress

# Not Alpine: the native part of the Temporal SDK needs glibc.
FROM ${NODE_IMAGE}
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
# The rules of its roles, by which `nublado doctor` asks for permissions.
COPY helm/files helm/files
RUN ln -s /app/dist/cli/main.js /usr/local/bin/nublado && chmod +x dist/cli/main.js
# Pods of file servers start the WebDAV server by this name.
RUN printf '#!/bin/sh\nexec nublado webdav "$@"\n' > /usr/local/bin/worblehat && chmod +x /usr/local/bin/worblehat
# What `nublado startup` installs in home directories, at the paths where labs look for it. Init containers run as
# root or as the user, on a root file system that is read-only: nothing below is written to.
COPY lab-files/pythonrc /etc/skel/.pythonrc
COPY lab-files/20-logging.py /usr/local/share/jupyterlab/etc/
RUN dircolors --print-database > /etc/dircolors.ansi-universal
# The image's user `node`, by number: Kubernetes cannot tell from a name that it is not root. Nothing is written at run
# time, so the root file system may be read-only.
USER 1000:1000
EXPOSE 8080 8081
ENTRYPOINT ["nublado"]
CMD ["serve"]
