#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace drydock::http {

// Whether a request that a browser authenticated by itself (with a cookie) may have come from another site's page.
// Changes need a proof that our own page asked: Sec-Fetch-Site: same-origin, an Origin that is ours, or the header
// X-Drydock-Csrf, which a form of another site can't set. A sign of another origin refuses whatever else is there.
// Streams are refused only for such a sign: a page's EventSource can set no header. Other reads give nothing away,
// because no other origin may read an answer. Nothing: may pass. Else: why not, for the person.
enum class CsrfKind : std::uint8_t { change, stream, read };
std::optional<std::string> csrf_refusal(CsrfKind kind, const Headers& headers, std::string_view own_origin);

// "https://drydock.example.org" (default ports left out) from what the client called us.
std::string origin_of(const Peer& peer);

}  // namespace drydock::http
