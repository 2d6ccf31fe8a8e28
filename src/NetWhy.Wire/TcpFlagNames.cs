namespace NetWhy.Wire;

/// <summary>The flags of TCP by name. Source: RFC 9293, section 3.1; RFC 3168, section 6.1.</summary>
public static class TcpFlagNames
{
    private static readonly string[] Names = ["fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr"]; // in the order of the bits

    /// <summary>Names of the flags that are set, such as <c>syn,ack</c>; empty if none is.</summary>
    /// <param name="flags">The flags.</param>
    public static string Of(TcpFlags flags) => string.Join(',', Names.Where((_, bit) => ((int)flags & 1 << bit) != 0));

    /// <summary>Reads a name.</summary>
    /// <param name="name">The name, in lower case.</param>
    /// <returns>Null if no flag has it.</returns>
    public static TcpFlags? Find(string name) => Array.IndexOf(Names, name) is >= 0 and var bit ? (TcpFlags)(1 << bit) : null;
}
