// Documents that no journal names: what a crash left between the file and its event, and what was taken back. Any
// thread but the engine's writer.
#pragma once

#include "desk/erasure.hpp"

namespace keepline::desk {

/// Removes what was put more than a day ago and whose person does not have it (any more). How many.
result<std::size_t> sweep_documents(port::documents& all, const reading& read);

struct services;

/// The bytes of one, opened. The file is what the journal names.
result<std::string> document_bytes(const services& at, const base::label& of, const domain::kept_document& what);
/// "dc_….pdf"
std::string document_file(const domain::kept_document& what);

}  // namespace keepline::desk
