#include "mongo/driver.h"

#include <dlfcn.h>

#include <fmt/format.h>

namespace drydock::mongo {
namespace {

constexpr const char* kLibrary = "libmongoc-1.0.so.0";

Error not_there(std::string detail) {
    return {
        .code = ErrorCode::unavailable,
        .message = "MongoDB can't be reached: its library is not installed on this server",
        .hint = "Install the package libmongoc-1.0-0.",
        .detail = std::move(detail),
    };
}

Result<DriverLibrary> load() {
    void* const library = ::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return not_there(::dlerror());
    DriverLibrary loaded;
#define DRYDOCK_MONGO_FUNCTION(name)                                                \
    loaded.name = reinterpret_cast<decltype(loaded.name)>(::dlsym(library, #name)); \
    if (loaded.name == nullptr) return not_there(fmt::format("{} has no {}", kLibrary, #name));
    DRYDOCK_MONGO_DRIVER(DRYDOCK_MONGO_FUNCTION)
#undef DRYDOCK_MONGO_FUNCTION
    // It would write to standard error; what matters comes back as errors.
    loaded.mongoc_log_set_handler([](mongoc_log_level_t, const char*, const char*, void*) {}, nullptr);
    loaded.mongoc_init();
    return loaded;
}

const Result<DriverLibrary>& once() {
    static const Result<DriverLibrary> loaded = load();
    return loaded;
}

}  // namespace

Result<> load_driver() {
    if (!once()) return once().error();
    return {};
}

const DriverLibrary& driver() {
    return *once();
}

}  // namespace drydock::mongo
