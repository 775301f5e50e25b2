# Flags that every target of ours takes, as one interface target.
add_library(rockbuild_flags INTERFACE)
target_compile_options(rockbuild_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast -Wnon-virtual-dtor
  -Wno-missing-field-initializers
  $<$<BOOL:${ROCKBUILD_WARNINGS_ARE_ERRORS}>:-Werror>
  # Files compiled as one look like headers to the compiler, whose anonymous namespaces it then mistrusts.
  $<$<BOOL:${ROCKBUILD_UNITY}>:-Wno-subobject-linkage>)
if(ROCKBUILD_SANITIZE)
  target_compile_options(rockbuild_flags INTERFACE -fsanitize=${ROCKBUILD_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(rockbuild_flags INTERFACE -fsanitize=${ROCKBUILD_SANITIZE})
endif()
