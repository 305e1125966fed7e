#include "cli/main.h"

int main(int argc, char** argv) {
    return drydock::cli::main(argc, argv);
}
