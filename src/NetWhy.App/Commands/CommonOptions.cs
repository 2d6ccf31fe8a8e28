using System.CommandLine;
using System.CommandLine.Completions;
using NetWhy.Linux;

namespace NetWhy.App.Commands;

/// <summary>Options that several commands have.</summary>
internal static class CommonOptions
{
    /// <summary><c>--json</c></summary>
    public static Option<bool> Json() => new("--json") { Description = "Print JSON on standard output.", Arity = ArgumentArity.Zero };

    /// <summary><c>--verbose</c></summary>
    public static Option<bool> Verbose() => new("--verbose", "-v")
    {
        Description = "Show every probe with what it saw, and causes that are unlikely.",
        Arity = ArgumentArity.Zero,
    };

    /// <summary><c>--save</c></summary>
    public static Option<string?> Save() => new("--save")
    {
        Description = "Keep every observation in FILE, for netwhy diagnose.",
        HelpName = "FILE",
        CompletionSources = { _ => [File] },
    };

    /// <summary><c>--cacert</c></summary>
    public static Option<string?> Authorities() => new("--cacert")
    {
        Description = "Trust the certificate authorities in FILE (PEM) too.",
        HelpName = "FILE",
        CompletionSources = { _ => [File] },
    };

    /// <summary>Reads the value of <c>--cacert</c>.</summary>
    /// <param name="path">The file; null for none.</param>
    /// <returns>The file, which holds a certificate; null for none.</returns>
    /// <exception cref="CommandException">It cannot be read, or holds none.</exception>
    public static string? ReadableAuthorities(string? path)
    {
        if (path is null)
            return null;
        try
        {
            if (!RegularFile.IsAt(path))
                throw new CommandException(ExitCode.CouldNotWork, $"--cacert: {path} is no regular file");
            using FileStream stream = System.IO.File.OpenRead(path);
            return TrustStore.HoldsCertificate(path)
                ? path
                : throw new CommandException(ExitCode.WrongUsage, $"--cacert: {path} holds no certificate (PEM)");
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CommandException(ExitCode.CouldNotWork, FileRefusal.InWords($"--cacert {path}", refusal));
        }
    }

    /// <summary><c>--all</c></summary>
    public static Option<bool> All() => new("--all", "-a") { Description = "Show what is well too.", Arity = ArgumentArity.Zero };

    /// <summary><c>--fix</c></summary>
    public static Option<bool> Fix() => new("--fix")
    {
        Description = "Print a script with the fixes, to read and run; nothing is changed.",
        Arity = ArgumentArity.Zero,
    };

    /// <summary>Refuses what would print two things at once.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="fix"><c>--fix</c></param>
    /// <param name="json"><c>--json</c></param>
    /// <exception cref="CommandException">Both are given.</exception>
    public static void RefuseFixWithJson(ParseResult parsed, Option<bool> fix, Option<bool> json)
    {
        if (parsed.GetValue(fix) && parsed.GetValue(json))
            throw new CommandException(ExitCode.WrongUsage, "--fix prints a script and --json one object, whose remedies have every fix: give one of them");
    }

    /// <summary><c>--no-color</c></summary>
    public static Option<bool> NoColour() => new("--no-color")
    {
        Description = "No colour, as under NO_COLOR and in a pipe.",
        Arity = ArgumentArity.Zero,
    };

    /// <summary>What completes an option or argument that takes the name of a file: the shell knows better than we do.</summary>
    public static CompletionItem File { get; } = new("FILE", "File");
}
