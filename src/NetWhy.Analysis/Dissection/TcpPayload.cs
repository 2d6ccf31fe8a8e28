namespace NetWhy.Analysis.Dissection;

/// <summary>Decides what the data of a segment is: by the ports, else by how it begins.</summary>
internal static class TcpPayload
{
    private const int DnsPort = 53;

    /// <summary>Reads data.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="source">The sender's port.</param>
    /// <param name="destination">The receiver's port.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How much there is.</param>
    internal static void Read(ref Dissection dissection, ushort source, ushort destination, int offset, int length)
    {
        if (!dissection.Enter())
            return;
        ReadOnlySpan<byte> data = dissection.Octets.Slice(offset, dissection.Captured(offset, length));
        if (source == DnsPort || destination == DnsPort)
            DnsDissector.ReadStream(ref dissection, offset, length);
        else if (HttpDissector.IsHead(data))
            HttpDissector.Read(ref dissection, offset, length);
        else if (TlsDissector.IsRecord(data))
            TlsDissector.Read(ref dissection, offset, length);
        dissection.Leave();
    }
}
