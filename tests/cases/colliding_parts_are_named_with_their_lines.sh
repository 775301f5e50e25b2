project
mkdir other
echo other >other/index.html
cat >>rockcraft.yaml <<YAML
  zwei:
    plugin: dump
    source: other
    organize:
      "*": srv/www/
YAML
expect 1 "$ROCKBUILD" pack
has err "srv/www/index.html"
has err "'site'"
has err "rockcraft.yaml:20"
