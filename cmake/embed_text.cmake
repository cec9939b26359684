# One text file as C++: bytes, so that no character of it needs care.
file(READ ${FROM} bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(WRITE ${TO} "#include \"${LAYER}/assets.hpp\"

namespace pryv_export::${LAYER} {

std::string_view ${NAME}() noexcept
{
    static constexpr unsigned char bytes[] = {${bytes}};
    return {reinterpret_cast<const char*>(bytes), sizeof bytes};
}

} // namespace pryv_export::${LAYER}
")
