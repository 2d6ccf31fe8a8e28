namespace NetWhy.Lab.Impairments;

/// <summary>What a link does to the frames of one direction.</summary>
/// <remarks>The words mean what they mean in tc-netem(8), with one exception: <see cref="LossCorrelation"/>.</remarks>
public sealed record Impairment
{
    /// <summary>How long each frame takes.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Half the width of the uniform spread around <see cref="Delay"/>.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>Share of frames that are lost, 0 to 1: the marginal, whatever the correlation.</summary>
    public double Loss { get; init; }

    /// <summary>
    /// Correlation of the loss of one frame with that of the next, 0 to 1. netem squeezes the marginal loss when a
    /// correlation is given; here a chain of two states keeps both.
    /// </summary>
    public double LossCorrelation { get; init; }

    /// <summary>Share of frames that arrive twice, 0 to 1.</summary>
    public double Duplicate { get; init; }

    /// <summary>Share of frames in which one random bit is flipped, 0 to 1.</summary>
    public double Corrupt { get; init; }

    /// <summary>Share of frames that overtake those before them (they are sent without delay), 0 to 1.</summary>
    public double Reorder { get; init; }

    /// <summary>Only every so-many-th frame may be reordered; 1 for any.</summary>
    public int Gap { get; init; } = 1;

    /// <summary>Bits a second; 0 for no limit.</summary>
    public long Rate { get; init; }

    /// <summary>How many frames may be in flight and waiting; more are lost.</summary>
    public int Limit { get; init; } = 1000;

    /// <summary>Largest frame that passes, in octets without the Ethernet header; 0 for any. Others vanish.</summary>
    public int Mtu { get; init; }

    /// <summary>Where the random numbers start: the same seed gives the same fate to the same frames.</summary>
    public int Seed { get; init; } = 1;
}
