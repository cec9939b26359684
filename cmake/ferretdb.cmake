# ferretdb-server, the tests' stand-in for MongoDB: a Go program, built when its sources change.
# Included at the top: in tools/ the target would have the name of its own output.
set(ferretdb_folder ${PROJECT_SOURCE_DIR}/tools/ferretdb)
set(ferretdb_server ${CMAKE_BINARY_DIR}/tools/ferretdb-server)
execute_process(COMMAND ${PROJECT_SOURCE_DIR}/tools/install-go --find
                OUTPUT_VARIABLE go_program OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT go_program)
  # Tests that need the server must not be left out in silence.
  add_custom_target(ferretdb-server ALL
    COMMAND ${CMAKE_COMMAND} -E echo "ferretdb-server needs Go: run tools/install-packages test, then cmake again"
    COMMAND ${CMAKE_COMMAND} -E false VERBATIM)
  return()
endif()

file(GLOB ferretdb_sources CONFIGURE_DEPENDS ${ferretdb_folder}/*.go)
# The PostgreSQL backend is left out; GOFLAGS and the workspace of whoever builds do not matter.
add_custom_command(OUTPUT ${ferretdb_server}
  COMMAND ${CMAKE_COMMAND} -E env GOFLAGS= GOWORK=off GOTOOLCHAIN=local CGO_ENABLED=0
          ${go_program} build -mod=readonly -trimpath -buildvcs=false -tags ferretdb_no_postgresql -o ${ferretdb_server} .
  DEPENDS ${ferretdb_sources} ${ferretdb_folder}/go.mod ${ferretdb_folder}/go.sum
  WORKING_DIRECTORY ${ferretdb_folder}
  COMMENT "Building ferretdb-server" VERBATIM)
add_custom_target(ferretdb-server ALL DEPENDS ${ferretdb_server})
