# rockbuild_library(NAME FOLDERS parts… NEEDS lower… LINK targets…): one folder, with those within it, one library.
#
# A library's headers are reached through an include folder of its own that holds nothing but a link to the folder, so
# that `#include "store/tree.hpp"` works only in targets that link `store`: lower code cannot see higher headers.
function(rockbuild_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "FOLDERS;NEEDS;LINK")
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${name}/*.cpp)
  foreach(folder IN LISTS arg_FOLDERS)
    file(GLOB more CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${name}/${folder}/*.cpp)
    list(APPEND sources ${more})
  endforeach()
  if(NOT sources)
    return()
  endif()
  set(include ${CMAKE_BINARY_DIR}/include/${name})
  file(MAKE_DIRECTORY ${include})
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/${name} ${include}/${name} SYMBOLIC)
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC ${include})
  target_link_libraries(${name} PUBLIC ${arg_NEEDS} ${arg_LINK} PRIVATE rockbuild_flags)
endfunction()
