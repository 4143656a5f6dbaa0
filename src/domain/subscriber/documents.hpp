// Documents that a person handed in, or staff did for them: what the journal knows of each. The bytes are apart, sealed
// (port/documents.hpp); the digest says which ones are meant.
#pragma once

#include "domain/actor.hpp"

#include <cstdint>
#include <string>

namespace keepline::domain {

using base::instant;
using base::label;

enum class document_purpose { id_document, power_of_attorney, death_certificate, guardianship, court_order, other };
BOOST_DESCRIBE_ENUM(document_purpose, id_document, power_of_attorney, death_certificate, guardianship, court_order,
                    other)

enum class document_media { jpeg, pdf };
BOOST_DESCRIBE_ENUM(document_media, jpeg, pdf)

inline constexpr std::size_t documents_max = 20;                // of one person, at the same time
inline constexpr std::size_t documents_a_day = 40;              // of one person, those that were taken back as well
inline constexpr std::int64_t document_bytes_max = 16'777'216;  // as it is kept

struct kept_document {
    label id;
    document_purpose purpose = document_purpose::other;
    document_media media = document_media::jpeg;
    std::int64_t bytes = 0;
    std::string digest;  // SHA-256 of what is kept, which is sealed
    actor by;
    instant at;
    bool operator==(const kept_document&) const = default;
};
BOOST_DESCRIBE_STRUCT(kept_document, (), (id, purpose, media, bytes, digest, by, at))

}  // namespace keepline::domain
