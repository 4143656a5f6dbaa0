#include "app/cli.hpp"

#include <iostream>
#include <unistd.h>

int main(int argc, char** argv) {
    keepline::app::console at{std::cin, std::cout, std::cerr, ::isatty(STDERR_FILENO) == 1,
                              keepline::app::environment_of(environ)};
    return keepline::app::run({argv + 1, argv + argc}, at);
}
