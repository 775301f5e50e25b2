# rockcraft refuses them without its variable; here they are taken, and that is said until somebody knows.
touch pom.xml
expect 0 "$ROCKBUILD" init --name hello --profile spring-boot-framework
expect 0 "$ROCKBUILD" check
has err RB0331
expect 0 env ROCKCRAFT_ENABLE_EXPERIMENTAL_EXTENSIONS=whatever "$ROCKBUILD" check
lacks err RB0331
expect 0 env ROCKBUILD_ENABLE_EXPERIMENTAL_EXTENSIONS=yes "$ROCKBUILD" check
lacks err RB0331
