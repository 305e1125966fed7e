#include "pg/wait.h"

namespace drydock::pg {
namespace {

Result<> told(Result<> result) {
    if (!result && result.error().code == ErrorCode::deadline_exceeded) {
        result.error().message = "the database did not answer in time";
    }
    return result;
}

}  // namespace

Result<> check(const Limits& limits) {
    return told(check_limits(limits));
}

Result<> wait_socket(int socket, short events, const Limits& limits, const Wake& wake) {
    return told(wait_for(socket, events, limits, wake));
}

}  // namespace drydock::pg
