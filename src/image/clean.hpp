// What people send as pictures of documents, made harmless: a picture is decoded and written anew, so that nothing of
// what came is left but what an eye sees (no EXIF with a place in it, no second file behind the end, no trick against a
// viewer); a PDF is kept as it is, where it says of itself that it does nothing, and never rendered here. Pure; any
// thread, but it takes up to some seconds and 250 MB: callers run it on threads of their own, few at once.
//
// Decoders: libjpeg-turbo (TurboJPEG) and libpng's simplified interface, and no other. A picture's size is read and
// held against the limits before a pixel is decoded.
#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"

#include <cstddef>
#include <cstdint>

namespace keepline::image {

inline constexpr std::size_t upload_max = 8UL * 1024 * 1024;  // of what comes, in bytes
inline constexpr std::int64_t pixels_max = 25'000'000;
inline constexpr int side_max = 4096;  // of what is kept; larger ones are made smaller

/// By their first bytes, whatever a name or a header says.
enum class looks { jpeg, png, pdf, heic, other };
looks look(base::byte_view what);

enum class media { jpeg, pdf };  // that are kept: every picture becomes a JPEG
struct cleaned {
    media as = media::jpeg;
    base::bytes content;
};
/// code::too_large (bytes, or pixels), code::document_unfit with data `why`: heic, kind, damaged, encrypted, active.
/// `most`: pixels, for whoever has less time.
base::result<cleaned> clean(base::byte_view what, std::int64_t most = pixels_max);

}  // namespace keepline::image
