namespace NetWhy.App;

/// <summary>Where this process looks at the network from.</summary>
internal static class Vantage
{
    /// <summary>Host name and network namespace, such as <c>web1 net:[4026531840]</c>.</summary>
    public static string Here()
    {
        string? space = new FileInfo("/proc/self/ns/net").LinkTarget;
        return space is null ? Environment.MachineName : $"{Environment.MachineName} {space}";
    }
}
