#include "cli/process_secrets.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "config/settings.h"

namespace drydock::cli {
namespace {

// The search for leaks reads our memory from another process.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kReadByItsSanitizer = true;
#elif defined(__has_feature)
constexpr bool kReadByItsSanitizer = __has_feature(address_sanitizer);
#else
constexpr bool kReadByItsSanitizer = false;
#endif

}  // namespace

void forget_secret_variables() {
    for (const auto& setting : config::settings()) {
        if (!setting.secret) continue;
        for (const auto& name : setting.environment) {
            if (name.empty()) continue;
            const std::string variable{name};
            if (char* const value = std::getenv(variable.c_str())) {
                ::explicit_bzero(value, std::strlen(value));
                ::unsetenv(variable.c_str());
            }
        }
    }
}

void keep_memory_to_ourselves() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_CORE, &limit) == 0) {
        limit.rlim_cur = 0;
        ::setrlimit(RLIMIT_CORE, &limit);
    }
    if (!kReadByItsSanitizer) ::prctl(PR_SET_DUMPABLE, 0);
}

}  // namespace drydock::cli
