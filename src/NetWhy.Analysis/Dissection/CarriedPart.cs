using NetWhy.Analysis.Tcp;

namespace NetWhy.Analysis.Dissection;

/// <summary>What carries what applications say.</summary>
public enum Carrier
{
    /// <summary>TLS: what was decrypted of a record.</summary>
    Tls,

    /// <summary>HTTP/1: the head of a message, or its body without chunks and coding.</summary>
    Http,

    /// <summary>HTTP/2: the fields of a header block, each name and value behind its length in four octets; other frames as they are.</summary>
    Http2,

    /// <summary>QUIC: the data of a frame of a stream.</summary>
    Quic,
}

/// <summary>A part of what an application said.</summary>
public readonly ref struct CarriedPart
{
    /// <summary>What carried it.</summary>
    public required Carrier Carrier { get; init; }

    /// <summary>Number of the stream of TCP, or of the connection of QUIC.</summary>
    public required long Stream { get; init; }

    /// <summary>Number of the stream in it; 0 where there are none.</summary>
    public long Inner { get; init; }

    /// <summary>Whether it is no data but shows who speaks first: a record of TLS that was decrypted and carries something else.</summary>
    public bool IsSign { get; init; }

    /// <summary>The packet that it is whole in, from 1.</summary>
    public required uint Frame { get; init; }

    /// <summary>When that passed, in nanoseconds since 1970.</summary>
    public required long Nanoseconds { get; init; }

    /// <summary>Who said it.</summary>
    public required TcpEndpoint Source { get; init; }

    /// <summary>Whom it was said to.</summary>
    public required TcpEndpoint Destination { get; init; }

    /// <summary>What was said.</summary>
    public required ReadOnlySpan<byte> Data { get; init; }
}

/// <summary>Sees what applications say.</summary>
public interface ICarriedObserver
{
    /// <summary>Sees a part.</summary>
    /// <param name="part">The part: valid until this returns.</param>
    void Carried(in CarriedPart part);
}
