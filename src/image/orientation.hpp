// How a camera was held, from the EXIF data of a JPEG. Only for clean.cpp and its tests. Pure.
#pragma once

#include "base/bytes.hpp"

namespace keepline::image {

/// EXIF 2.32 §4.6.4, tag 274: 1 to 8; 1 where nothing says so.
int orientation_of(base::byte_view jpeg);

}  // namespace keepline::image
