# What makes an optimised build harder to exploit, for every target that follows, and what reads it back from the linked file.
# docs/decisions/0025-hardened-and-split.md has the reasons. Not for sanitizers: they bring checks of their own.
include_guard(GLOBAL)

add_compile_options(-fPIE -fstack-protector-strong -fstack-clash-protection -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
add_link_options(-pie -Wl,-z,relro,-z,now,-z,noexecstack)

find_program(OBJCOPY NAMES llvm-objcopy-19 objcopy REQUIRED)
find_program(STRIP NAMES llvm-strip-19 strip REQUIRED)

# keepline_finish(<target>): the program loses its debug information to <target>.debug beside it, which debuggers find by the link that it
# keeps; and the build fails unless tools/hardened finds in the file what was asked for above.
function(keepline_finish target)
    add_custom_command(TARGET ${target} POST_BUILD VERBATIM
        COMMAND ${OBJCOPY} --only-keep-debug --compress-debug-sections=zlib $<TARGET_FILE:${target}> $<TARGET_FILE:${target}>.debug
        COMMAND ${STRIP} --strip-unneeded $<TARGET_FILE:${target}>
        COMMAND ${OBJCOPY} --remove-section=.gnu_debuglink --add-gnu-debuglink=$<TARGET_FILE:${target}>.debug $<TARGET_FILE:${target}>
        COMMAND ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../tools/hardened $<TARGET_FILE:${target}>)
endfunction()
