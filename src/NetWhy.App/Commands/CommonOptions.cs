using System.CommandLine;

namespace NetWhy.App.Commands;

/// <summary>Options that several commands have.</summary>
internal static class CommonOptions
{
    /// <summary><c>--json</c></summary>
    public static Option<bool> Json() => new("--json") { Description = "Print JSON on standard output." };

    /// <summary><c>--verbose</c></summary>
    public static Option<bool> Verbose() => new("--verbose", "-v")
    {
        Description = "Show every probe with what it saw, and causes that are unlikely.",
    };

    /// <summary><c>--no-color</c></summary>
    public static Option<bool> NoColour() => new("--no-color")
    {
        Description = "No colour, as under NO_COLOR and in a pipe.",
    };
}
