{{/* Whether a value of the configuration is one of its words for true; empty if not. */}}
{{- define "nublado.isOn" -}}
{{- if has (toString . | lower) (list "true" "1" "yes" "on" "t" "y") }}true{{ end -}}
{{- end }}

{{/* Whether admission policies are made: they need to know the configuration. Empty if not. */}}
{{- define "nublado.hasAdmissionPolicies" -}}
{{- if and .Values.admissionPolicies.enabled .Values.config }}true{{ end -}}
{{- end }}

{{/* Name of an admission policy and of its binding; of (dict "root" $ "policy" …). */}}
{{- define "nublado.admissionPolicyName" -}}
{{ .root.Release.Namespace }}-{{ include "nublado.serviceAccount" .root }}-{{ .policy }}
{{- end }}

{{/* An admission policy up to its `matchConstraints`: it holds for the workers' account alone; of (dict "root" $ "policy" …). */}}
{{- define "nublado.admissionPolicy" -}}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: {{ include "nublado.admissionPolicyName" . | quote }}
  labels:
    {{- include "nublado.labels" .root | nindent 4 }}
spec:
  failurePolicy: Fail
  matchConditions:
    - name: worker
      expression: request.userInfo.username == "system:serviceaccount:{{ .root.Release.Namespace }}:{{ include "nublado.serviceAccount" .root }}"
{{- end }}

{{/*
The sections `lab` that policies permit the objects of, as a JSON list: the present one, and the former one. In the
templates below, keys may be written in camelCase or snake_case.
*/}}
{{- define "nublado.permittedLabs" -}}
{{- prepend (.Values.admissionPolicies.formerLab | empty | ternary list (list .Values.admissionPolicies.formerLab)) .Values.config.lab | toJson -}}
{{- end }}

{{/* What namespaces of labs begin with, as a JSON list. */}}
{{- define "nublado.permittedPrefixes" -}}
{{- $prefixes := list -}}
{{- range include "nublado.permittedLabs" . | fromJsonArray -}}
  {{- with get . "namespacePrefix" | default (get . "namespace_prefix") }}{{ $prefixes = append $prefixes (printf "%v-" .) }}{{ end -}}
{{- end -}}
{{ uniq $prefixes | toJson }}
{{- end }}

{{/* All volumes of labs, as a JSON list. */}}
{{- define "nublado.labVolumes" -}}
{{- $volumes := list -}}
{{- range include "nublado.permittedLabs" . | fromJsonArray }}{{ $volumes = concat $volumes (.volumes | default list) }}{{ end -}}
{{ toJson $volumes }}
{{- end }}

{{/* Those, and the further ones for file system administration, as a JSON list. */}}
{{- define "nublado.fsadminVolumes" -}}
{{- $fsadmin := .Values.config.fsadmin | default dict -}}
{{- $further := get $fsadmin "extraVolumes" | default (get $fsadmin "extra_volumes") | default list -}}
{{ concat (include "nublado.labVolumes" . | fromJsonArray) $further | toJson }}
{{- end }}

{{/*
Sources of volumes as JSON: `hostPaths`, `exports` of NFS as `<server>:<path>`, those of them that may be written to
(`writableExports`), and `storageClasses` of claims.
*/}}
{{- define "nublado.volumeSources" -}}
{{- $hostPaths := list -}}
{{- $exports := list -}}
{{- $writableExports := list -}}
{{- $storageClasses := list -}}
{{- range . -}}
  {{- $source := .source -}}
  {{- if eq $source.type "hostPath" -}}
    {{- $hostPaths = append $hostPaths $source.path -}}
  {{- else if eq $source.type "nfs" -}}
    {{- $export := printf "%s:%s" $source.server (get $source "serverPath" | default (get $source "server_path")) -}}
    {{- $exports = append $exports $export -}}
    {{- if not (include "nublado.isOn" (get $source "readOnly" | default (get $source "read_only"))) -}}
      {{- $writableExports = append $writableExports $export -}}
    {{- end -}}
  {{- else if eq $source.type "persistentVolumeClaim" -}}
    {{- $storageClasses = append $storageClasses (get $source "storageClassName" | default (get $source "storage_class_name")) -}}
  {{- end -}}
{{- end -}}
{{ dict "hostPaths" (uniq $hostPaths) "exports" (uniq $exports) "writableExports" (uniq $writableExports) "storageClasses" (uniq $storageClasses) | toJson }}
{{- end }}

{{/* Mounts as a JSON list of `<volume>:<path>`; of (list mounts "what precedes the path"). */}}
{{- define "nublado.mountTexts" -}}
{{- $below := index . 1 -}}
{{- $texts := list -}}
{{- range index . 0 | default list -}}
  {{- $volume := get . "volumeName" | default (get . "volume_name") -}}
  {{- $texts = append $texts (printf "%s:%s%s" $volume $below (get . "containerPath" | default (get . "container_path"))) -}}
{{- end -}}
{{ uniq $texts | toJson }}
{{- end }}

{{/* Repository of the image of standard containers. */}}
{{- define "nublado.supportRepository" -}}
{{ (get .Values.config "supportImage" | default (get .Values.config "support_image") | default dict).repository | default .Values.image.repository }}
{{- end }}

{{/*
The containers that may run as root, as an expression: a list of mappings with `category` of the pod, `name`, `repository` of
the image, `command`, `mounts` and `isPrivileged`. They are that which makes home directories, configured ones, and that for
file system administration. Kubernetes wants all values of one mapping to have one type, which is that of `dyn`.
*/}}
{{- define "nublado.rootContainers" -}}
{{- $root := . -}}
{{- $support := include "nublado.supportRepository" . -}}
{{- $containers := list -}}
{{- range include "nublado.permittedLabs" . | fromJsonArray -}}
  {{- if include "nublado.isOn" (get . "standardInithome" | default (get . "standard_inithome")) -}}
    {{- $home := get . "homeVolumeName" | default (get . "home_volume_name") | default "home" -}}
    {{- $mounts := list -}}
    {{- range get . "volumeMounts" | default (get . "volume_mounts") | default list -}}
      {{- if eq $home (get . "volumeName" | default (get . "volume_name")) }}{{ $mounts = append $mounts . }}{{ end -}}
    {{- end -}}
    {{- $security := get . "podSecurity" | default (get . "pod_security") | default dict -}}
    {{- $isPrivileged := get $security "privilegedInithome" | default (get $security "privileged_inithome") -}}
    {{- $containers = append $containers (dict "category" "lab" "name" "nublado-std-inithome" "repository" $support "command" (list "/usr/local/bin/nublado" "inithome") "mounts" (include "nublado.mountTexts" (list $mounts "") | fromJsonArray) "isPrivileged" (not (empty (include "nublado.isOn" $isPrivileged)))) -}}
  {{- end -}}
  {{- range get . "initContainers" | default (get . "init_containers") | default list -}}
    {{- if include "nublado.isOn" .privileged -}}
      {{- $mounts := get . "volumeMounts" | default (get . "volume_mounts") -}}
      {{- $containers = append $containers (dict "category" "lab" "name" .name "repository" .image.repository "command" (.command | default list) "mounts" (include "nublado.mountTexts" (list $mounts "") | fromJsonArray) "isPrivileged" true) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- $fsadmin := .Values.config.fsadmin | default dict -}}
{{- $below := get $fsadmin "mountPrefix" | default (get $fsadmin "mount_prefix") | default "" -}}
{{- $mounts := get $fsadmin "extraVolumeMounts" | default (get $fsadmin "extra_volume_mounts") | default list -}}
{{- range include "nublado.permittedLabs" . | fromJsonArray -}}
  {{- $mounts = concat $mounts (get . "volumeMounts" | default (get . "volume_mounts") | default list) -}}
{{- end -}}
{{- $containers = append $containers (dict "category" "fsadmin" "name" (include "nublado.fsadminName" .) "repository" $support "command" (list "tail" "-f" "/dev/null") "mounts" (include "nublado.mountTexts" (list $mounts $below) | fromJsonArray) "isPrivileged" true) -}}
{{- $texts := list -}}
{{- range $container := $containers -}}
  {{- $fields := list -}}
  {{- range $key, $value := $container }}{{ $fields = append $fields (printf "%s: dyn(%s)" (toJson $key) (toJson $value)) }}{{ end -}}
  {{- $texts = append $texts (printf "{%s}" (join ", " $fields)) -}}
{{- end -}}
[{{ join ", " $texts }}]
{{- end }}

{{/* Name of the pod for file system administration. */}}
{{- define "nublado.fsadminName" -}}
{{ include "nublado.configured" (list .Values.config.fsadmin "podName" "pod_name" "fsadmin") }}
{{- end }}

{{/* Names of the variables that containers which run as root may have, as a JSON list. */}}
{{- define "nublado.rootVariables" -}}
{{- $names := list "NUBLADO_GID" "NUBLADO_HOME" "NUBLADO_RUNTIME_MOUNTS_DIR" "NUBLADO_UID" "PATH" -}}
{{- range include "nublado.permittedLabs" . | fromJsonArray }}{{ $names = concat $names (keys (.env | default dict)) }}{{ end -}}
{{ uniq $names | sortAlpha | toJson }}
{{- end }}
