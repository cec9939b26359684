#include "pryv_export/cli/command_line.hpp"

int main(int argc, char** argv)
{
    return pryv_export::cli::run(argc, argv);
}
