# syntax=docker/dockerfile:1

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# As the Makefile installs, and for the same reason: `npm ci` refuses a lock file that lacks other platforms' packages.
RUN npm install --no-save --no-progress --loglevel=error
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/bundle-workflows.ts scripts/
COPY src src
RUN npm run build && npm prune --omit=dev --no-save --no-progress

# Not Alpine: the native part of the Temporal SDK needs glibc.
FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
RUN ln -s /app/dist/cli/main.js /usr/local/bin/nublado && chmod +x dist/cli/main.js
# What `nublado startup` installs in home directories, at the paths where labs look for it. Init containers run as
# root or as the user, on a root file system that is read-only: nothing below is written to.
COPY lab-files/pythonrc /etc/skel/.pythonrc
COPY lab-files/20-logging.py /usr/local/share/jupyterlab/etc/
RUN dircolors --print-database > /etc/dircolors.ansi-universal
USER node
EXPOSE 8080 8081
ENTRYPOINT ["nublado"]
CMD ["serve"]
