ROCKBUILD=$ROCKBUILD expect 0 "$(dirname "$case")/../../scripts/pipelines" --check
