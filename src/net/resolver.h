#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "net/address.h"

namespace drydock::net {

// From a name to addresses. Safe from any thread.
class Resolver {
public:
    virtual ~Resolver() = default;
    // At least one address, or an Error: not_found for a name that does not exist, unavailable when nobody answered.
    virtual Result<std::vector<Address>> resolve(const std::string& host, std::uint16_t port, const Limits& limits) = 0;
};

// The system's own way (files, DNS …). A look-up can't be broken off, so it runs on a thread apart, and who asked
// goes on when his limits end. At most `threads` run at once; more wait their turn.
std::shared_ptr<Resolver> system_resolver(std::size_t threads = 16);

// The same around another blocking look-up, which may be called from several threads and may outlive the resolver.
using Lookup = std::function<Result<std::vector<Address>>(const std::string& host, std::uint16_t port)>;
std::shared_ptr<Resolver> threaded_resolver(Lookup lookup, std::size_t threads);

}  // namespace drydock::net
