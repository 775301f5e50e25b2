# rockbuild_library(NAME FOLDERS parts… NEEDS lower… LINK targets…): one folder, with those within it, one library.
#
# A library's headers are reached through an include folder of its own that holds nothing but a link to the folder, so
# that `#include "store/tree.hpp"` works only in targets that link `store`: lower code cannot see higher headers.
#
# Reading the standard library's headers takes most of the time of compiling a file: where somebody waits, several files
# are compiled as one (ROCKBUILD_UNITY). The dev preset compiles each alone, so that a missing include shows.
function(rockbuild_unite target)
  if(ROCKBUILD_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  endif()
endfunction()

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
  rockbuild_unite(${name})
endfunction()
