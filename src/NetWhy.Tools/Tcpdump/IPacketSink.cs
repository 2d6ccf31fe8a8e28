using NetWhy.Capture.Files;

namespace NetWhy.Tools.Tcpdump;

/// <summary>Where packets go that a filter let through.</summary>
internal interface IPacketSink : IDisposable
{
    /// <summary>Takes a packet.</summary>
    /// <param name="number">Its number, from 1.</param>
    /// <param name="packet">The packet.</param>
    /// <returns>Whether more are wanted.</returns>
    bool Take(long number, in PacketRecord packet);

    /// <summary>Hands on what was gathered: no packet is ready, or each is to be seen at once.</summary>
    void Flush();

    /// <summary>Ends: no more packets come.</summary>
    void End();
}
