namespace NetWhy.Tools.Nc;

/// <summary>Refuses what a TELNET server asks for. Source: RFC 854.</summary>
internal static class Telnet
{
    private const byte Will = 251, Wont = 252, Do = 253, Dont = 254, Command = 255; // IAC
    private const int CommandSize = 3; // IAC, verb, option

    /// <summary>Answers WILL and WONT with DONT, DO and DONT with WONT, as nc does.</summary>
    /// <param name="received">What came; a command that goes on in the next piece stays without an answer, as in nc.</param>
    /// <param name="answers">Where the answers go; as long as what came.</param>
    /// <returns>Octets of answers.</returns>
    internal static int Refuse(ReadOnlySpan<byte> received, Span<byte> answers)
    {
        int written = 0;
        for (int i = 0; i + CommandSize <= received.Length; i++)
        {
            if (received[i] != Command)
                continue;
            byte verb = received[++i];
            if (verb is < Will or > Dont)
                continue;
            answers[written++] = Command;
            answers[written++] = verb is Will or Wont ? Dont : Wont;
            answers[written++] = received[++i];
        }

        return written;
    }
}
