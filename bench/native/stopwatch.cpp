// stopwatch RESULT COMMAND...: runs the command and writes "exit-code seconds peak-KiB" to RESULT.
// A program of its own because a child inherits its parent's peak memory across exec: under an interpreter
// every small tool would seem to need what the interpreter needs.
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdio>
#include <cstring>

extern char** environ;

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    const auto start = std::chrono::steady_clock::now();
    pid_t child = 0;
    if (const int error = posix_spawnp(&child, argv[2], nullptr, nullptr, argv + 2, environ)) {
        std::fprintf(stderr, "stopwatch: %s: %s\n", argv[2], std::strerror(error));
        return 2;
    }
    int status = 0;
    rusage usage{};
    if (wait4(child, &status, 0, &usage) != child) return 2;
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    std::FILE* result = std::fopen(argv[1], "w");
    if (result == nullptr) return 2;
    std::fprintf(
        result,
        "%d %.6f %ld\n",
        WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
        seconds.count(),
        usage.ru_maxrss
    );
    return std::fclose(result) == 0 ? 0 : 2;
}
