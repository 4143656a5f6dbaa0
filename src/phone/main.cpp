#include "phone/cli.hpp"

#include <iostream>

int main(int argc, char** argv) {
    return keepline::phone::run({argv + 1, argv + argc}, std::cin, std::cout, std::cerr);
}
