namespace NetWhy.App;

/// <summary>Exit codes, so that a script can tell "the network is broken" from "netwhy could not look".</summary>
internal static class ExitCode
{
    /// <summary>It looked and found nothing wrong.</summary>
    public const int Healthy = 0;

    /// <summary>It looked and found a problem.</summary>
    public const int ProblemFound = 1;

    /// <summary>The command line makes no sense.</summary>
    public const int WrongUsage = 2;

    /// <summary>It could not do its work; the reason is on standard error.</summary>
    public const int CouldNotWork = 3;

    /// <summary>The terminal went away: 128 + SIGHUP.</summary>
    public const int HungUp = 129;

    /// <summary>The user pressed Ctrl-C: 128 + SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>It was asked to end: 128 + SIGTERM.</summary>
    public const int Terminated = 143;
}
