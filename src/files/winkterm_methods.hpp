#pragma once
// WinkTerm's methods about the files of a host, beside our own for all places.
#include <duotty/files/methods.hpp>
#include <duotty/rpc/registrar.hpp>

namespace duotty::files {

void add_winkterm_methods(rpc::Registrar<Services>& table);

}  // namespace duotty::files
