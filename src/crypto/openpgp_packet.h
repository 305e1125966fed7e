#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

// Packets of OpenPGP (RFC 4880, section 4). For openpgp*.cpp alone.
namespace drydock::crypto {

struct Packet {
    unsigned tag = 0;
    std::string body{};
};

// Takes the first packet off `bytes`, its pieces put together where it came in pieces. Errors tell nothing of content.
Result<Packet> take_packet(std::string_view& bytes);

std::string packet(unsigned tag, std::string_view body);

// A number with its length in bits before it (3.2); leading zeros are left out.
std::string mpi(std::string_view number);
Result<std::string> take_mpi(std::string_view& bytes);

// The text in what was decrypted: one literal packet and nothing else. Whoever has the public key wrote it.
Result<Secret> read_literal(std::string_view bytes);

}  // namespace drydock::crypto
