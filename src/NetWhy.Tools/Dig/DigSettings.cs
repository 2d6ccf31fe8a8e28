using System.Net;
using NetWhy.Names;

namespace NetWhy.Tools.Dig;

/// <summary>What holds for all lookups of a command line.</summary>
internal sealed class DigSettings
{
    /// <summary>What new lookups begin with.</summary>
    internal DigLookup Default { get; set; } = new();

    /// <summary>Lookups in their order.</summary>
    internal LinkedList<DigLookup> Lookups { get; private set; } = [];

    internal bool IsShort { get; set; }

    /// <summary>Whether the head of the output is printed.</summary>
    internal bool ShowsCommand { get; set; } = true;

    internal bool IsYaml { get; set; }

    /// <summary>Our own JSON, of RFC 8427.</summary>
    internal bool IsJson { get; set; }

    /// <summary>Whether what dig does not say is said on standard error.</summary>
    internal bool Explains { get; set; }

    /// <summary>Whether letters of names have a random case, which answers must repeat.</summary>
    internal bool MixesCase { get; set; }

    /// <summary>How many lines of a batch file are asked at once.</summary>
    internal int Concurrency { get; set; } = 1;

    /// <summary>Whether answers are validated.</summary>
    internal bool Validates { get; set; }

    /// <summary>The file of trust anchors; null for those of the root.</summary>
    internal string? AnchorFile { get; set; }

    /// <summary>What is trusted; null where nothing is validated.</summary>
    internal TrustAnchors? Anchors { get; set; }

    /// <summary>Whether a trace asks all servers of each zone.</summary>
    internal bool AsksAllServers { get; set; }

    /// <summary>Network namespace: a name or a path; null for this one.</summary>
    internal string? Namespace { get; set; }

    internal bool ShowsHelp { get; set; }

    internal bool ShowsVersion { get; set; }

    internal int? Port { get; set; }

    internal IPAddress? Source { get; set; }

    internal int SourcePort { get; set; }

    internal bool HasIPv4 { get; set; } = true;

    internal bool HasIPv6 { get; set; } = true;

    internal bool ReadsSettingsFile { get; set; } = true;

    internal string? BatchFile { get; set; }

    /// <summary>How long an answer is waited for, in seconds; 0 if nobody said.</summary>
    internal uint Timeout { get; set; }

    internal int Dots { get; set; }

    internal bool UsesSearch { get; set; }

    internal bool ShowsSearch { get; set; }

    internal List<string> Search { get; set; } = [];

    internal string? Domain { get; set; }

    internal bool KeepsOpen { get; set; }

    /// <summary>How many characters of octets stand together; null for the layout's own choice, 0 for all.</summary>
    internal int? SplitWidth { get; set; }

    /// <summary>Servers of the machine, for lookups that name none.</summary>
    internal List<DigServer> Servers { get; } = [];

    // What -y or -k said.
    internal string? KeyFile { get; set; }

    internal string? KeyAlgorithm { get; set; }

    internal int KeyBits { get; set; }

    internal string KeyName { get; set; } = "";

    internal string KeySecret { get; set; } = "";

    /// <summary>Whether sections were asked for, so that a transfer shows them.</summary>
    internal bool WantsQuestion { get; set; }

    internal bool WantsComments { get; set; }

    /// <summary>How many servers the last <c>@</c> named.</summary>
    internal int ServersNamed { get; set; }

    /// <summary>Whether a head of output has been made.</summary>
    internal bool HasGreeted { get; set; }

    /// <summary>What to exit with.</summary>
    internal int ExitCode { get; private set; }

    /// <summary>Whether a server could be asked, so that failures before no longer count.</summary>
    internal bool HasReached { get; private set; }

    /// <summary>Notes that a server can be asked: what failed before no longer counts.</summary>
    internal void Reach() => (ExitCode, HasReached) = (0, true);

    /// <summary>Notes a failure; the worst one counts.</summary>
    /// <param name="exitCode">What to exit with.</param>
    internal void Fail(int exitCode) => ExitCode = Math.Max(ExitCode, exitCode);

    /// <summary>Takes the settings and lookups as they are now away, to be carried out elsewhere.</summary>
    internal DigSettings Detach()
    {
        var detached = (DigSettings)MemberwiseClone();
        (detached.ExitCode, detached.HasReached) = (0, false);
        Lookups = [];
        return detached;
    }

    /// <summary>Counts what was carried out elsewhere as if it had been here.</summary>
    /// <param name="detached">It.</param>
    internal void Join(DigSettings detached)
    {
        ExitCode = detached.HasReached ? detached.ExitCode : Math.Max(ExitCode, detached.ExitCode);
        HasReached |= detached.HasReached;
    }
}
