#pragma once

namespace drydock::cli {

// The program. Gives the exit code; docs/exit-codes.md lists them.
int main(int argc, char** argv);

}  // namespace drydock::cli
