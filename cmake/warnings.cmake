# Flags that every target of ours takes, as one interface target.
add_library(rockbuild_flags INTERFACE)
target_compile_options(rockbuild_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast -Wnon-virtual-dtor
  -Wno-missing-field-initializers
  $<$<BOOL:${ROCKBUILD_WARNINGS_ARE_ERRORS}>:-Werror>)
if(ROCKBUILD_SANITIZE)
  target_compile_options(rockbuild_flags INTERFACE -fsanitize=${ROCKBUILD_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(rockbuild_flags INTERFACE -fsanitize=${ROCKBUILD_SANITIZE})
endif()
