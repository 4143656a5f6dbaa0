// What the customer takes along before a line is closed: everything the operator holds about the line, as files that
// open without us. Pure: the same input makes the same bytes.
#pragma once

#include "base/digest.hpp"
#include "base/time.hpp"
#include "domain/number/ledger.hpp"
#include "engine/engine.hpp"
#include "port/person.hpp"

#include <string>
#include <vector>

namespace keepline::desk {

using base::instant;
using base::result;

struct archive_file {
    std::string name;
    std::string content;
};

struct booked {
    instant at;
    domain::booking what;
    std::string note;
};

struct archive_source {
    std::string line_id;
    base::msisdn number;
    std::string language;  // of the page to read
    std::string currency;
    instant made_at;
    base::zone zone;  // in which times are shown to people
    bool sandbox = false;
    std::vector<booked> bookings;
    port::line_records records;
};

/// The bookings among the entries, oldest first; those before `since` belong to an earlier owner of the number.
result<std::vector<booked>> bookings_of(const std::vector<port::entry>& entries, instant since);

struct manifest_file {
    std::string name;
    std::int64_t bytes = 0;
    base::digest sha256{};
    bool operator==(const manifest_file&) const = default;
};
BOOST_DESCRIBE_STRUCT(manifest_file, (), (name, bytes, sha256))

/// A page that says what each file is; bills, account, usage and consents as CSV (for a spreadsheet: headings in the
/// customer's language, digits kept as text) and JSON (for programs); contacts as vCard 4.0 (RFC 6350); messages as
/// JSON and as a page to read. Each is made when it is asked for, so that they need not all be held.
inline constexpr std::size_t backup_file_count = 12;
archive_file backup_file(const archive_source& from, std::size_t index);
manifest_file listed_as(const archive_file& of);
/// The text of manifest.json: every file with its SHA-256.
std::string manifest_of(const archive_source& from, std::vector<manifest_file> files);
/// All of them, manifest.json last.
std::vector<archive_file> backup_files(const archive_source& from);

/// RFC 6350 §3.2 and §3.4: one content line, escaped and folded. For tests.
std::string vcard_line(std::string_view name, std::string_view value);

}  // namespace keepline::desk
