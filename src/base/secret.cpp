#include "base/secret.h"

#include <cstring>

namespace drydock {

void Secret::wipe() {
    // Up to the capacity: a moved-from or shortened string keeps its old bytes.
    text_.resize(text_.capacity());
    ::explicit_bzero(text_.data(), text_.size());
    text_.clear();
}

}  // namespace drydock
