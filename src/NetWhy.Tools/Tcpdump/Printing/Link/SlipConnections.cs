namespace NetWhy.Tools.Tcpdump.Printing.Link;

/// <summary>What was seen of TCP connections whose headers SLIP compresses. Source: RFC 1144, section 3.2.</summary>
internal sealed class SlipConnections
{
    private readonly uint[] _lengths = new uint[2 * 256];

    /// <summary>The connection that was seen last.</summary>
    internal byte Last { get; set; }

    /// <summary>Octets of data in the last packet of the last connection, by direction.</summary>
    /// <param name="direction">0 for packets that came in, 1 for those that went out.</param>
    internal uint this[int direction]
    {
        get => _lengths[(direction * 256) + Last];
        set => _lengths[(direction * 256) + Last] = value;
    }
}
