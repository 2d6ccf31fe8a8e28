namespace NetWhy.Tools.OpenSsl;

/// <summary>Ends <c>openssl s_client</c> with lines that stand alone, as the original prints them.</summary>
/// <param name="lines">The lines, at least one.</param>
internal sealed class ClientRefusal(params string[] lines) : Exception(lines[0])
{
    /// <summary>The lines.</summary>
    internal IReadOnlyList<string> Lines => lines;
}
