using NetWhy.Linux;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>How a validator judges.</summary>
public sealed record ValidatorOptions
{
    /// <summary>The algorithms that signatures can be checked with.</summary>
    public SignatureAlgorithms Algorithms { get; init; } = SignatureAlgorithms.Default;

    /// <summary>How often NSEC3 records may hash a name; zones that do more are insecure. Source: RFC 9276, section 3.2; 150 is BIND 9.18's limit.</summary>
    public int MostIterations { get; init; } = 150;

    /// <summary>How many signatures are checked at most.</summary>
    public int MostChecks { get; init; } = 256;

    /// <summary>How many questions are asked at most.</summary>
    public int MostQuestions { get; init; } = 256;

    /// <summary>Whether questions that will probably be needed are asked before their turn, at once.</summary>
    public bool AsksAhead { get; init; } = true;
}

/// <summary>Follows signatures from trust anchors to the answers of questions.</summary>
/// <remarks>
/// A signature holds if a key of the zone made it, within its time. A key is trusted if it is an anchor, or a DS record of the
/// zone above names it. Where there is no signature, there must be a proof that the zone above left the zone unsigned.
/// Source: RFC 4035, section 5; RFC 5155; RFC 6840.
/// </remarks>
/// <param name="source">Where messages come from.</param>
/// <param name="anchors">What is trusted.</param>
/// <param name="clock">Tells the time at which signatures must be valid.</param>
/// <param name="options">How to judge; null for the usual.</param>
public sealed class Validator(IRecordSource source, TrustAnchors anchors, TimeProvider clock, ValidatorOptions? options = null)
{
    private readonly ValidatorOptions _options = options ?? new();

    /// <summary>Asks a question and validates the answer.</summary>
    /// <param name="name">The name.</param>
    /// <param name="type">The type.</param>
    /// <param name="cancellationToken">Ends the wait: what did not come by then is <see cref="ValidationReason.NoAnswer"/>.</param>
    public async Task<Validation> ValidateAsync(DomainName name, DnsRecordType type, CancellationToken cancellationToken)
    {
        if (MessageDigest.Unavailable is { } reason)
        {
            return new Validation(name, type, ValidationStatus.Indeterminate, DnsResponseCode.ServerFailure)
            {
                Problem = new ValidationProblem(ValidationReason.NoCryptography, name, type) { Detail = reason },
            };
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var memory = new RememberingSource(source, _options.MostQuestions, end.Token);
        var run = new ValidationRun(memory, anchors, clock.GetUtcNow().ToUnixTimeSeconds(), _options);
        Validation validation = await run.RunAsync(name, type);
        await end.CancelAsync(); // what was asked ahead and is not needed
        await memory.EndAsync();
        return validation;
    }
}
