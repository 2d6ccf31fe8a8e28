using System.Buffers;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.InteropServices;
using NetWhy.Wire;

namespace NetWhy.Tests.Fuzzing;

/// <summary>Reads octets with every view of NetWhy.Wire and asks each for every member: finds the views by itself.</summary>
/// <remarks>
/// A view is what a public method <c>Read…</c> makes of octets, or a constructor that takes octets; its members are its properties
/// and its methods that need nothing, and what these return in turn; what has <c>MoveNext</c> is walked to its end.
/// </remarks>
internal static class ViewExercise
{
    /// <summary>More steps than any walk over the longest input may take.</summary>
    internal const int MostSteps = 70_000;

    private static readonly MethodInfo Touch = Helper(nameof(TouchOctets));
    private static readonly MethodInfo AsBytes = typeof(MemoryMarshal).GetMethods().Single(method =>
        method.Name == nameof(MemoryMarshal.AsBytes) && method.GetParameters()[0].ParameterType.GetGenericTypeDefinition() == typeof(ReadOnlySpan<>));

    // What allocates by its nature: strings, addresses and lists are copies, and say so.
    private static readonly HashSet<string> NotMembers = ["GetEnumerator", "MoveNext", "Read", "ToString", "GetHashCode", "GetType", "Equals", "ToHeader"];

    private static readonly Dictionary<Type, DynamicMethod> Visits = [];

    /// <summary>Reads octets with a view.</summary>
    /// <param name="octets">The octets.</param>
    /// <param name="number">What stands for the other arguments that a view takes.</param>
    /// <returns>Some sum over all that was read.</returns>
    internal delegate long Reading(ReadOnlySpan<byte> octets, int number);

    /// <summary>Every view, by its name.</summary>
    internal static IReadOnlyList<(string Name, Reading Read)> All { get; } = [.. FindAll().OrderBy(view => view.Name, StringComparer.Ordinal)];

    private static IEnumerable<(string Name, Reading Read)> FindAll()
    {
        foreach (Type type in typeof(LayerWalk).Assembly.GetExportedTypes().Where(IsOfPackets))
        {
            foreach (MethodInfo method in type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
            {
                if (method.Name.StartsWith("Read", StringComparison.Ordinal) && TakesOctets(method, hasResult: true))
                    yield return ($"{type.Name}.{method.Name}", OfMethod(method));
            }

            foreach (ConstructorInfo constructor in type.IsByRefLike ? type.GetConstructors() : [])
            {
                if (TakesOctets(constructor, hasResult: false))
                    yield return ($"new {type.Name}", OfConstructor(constructor));
            }
        }
    }

    // What talks to the kernel is trusted more and tested elsewhere.
    private static bool IsOfPackets(Type type) => type.Namespace is { } name && !name.EndsWith(".Netlink", StringComparison.Ordinal) && !name.EndsWith(".Btf", StringComparison.Ordinal);

    private static bool TakesOctets(MethodBase method, bool hasResult)
    {
        ParameterInfo[] parameters = method.GetParameters();
        if (hasResult && !(parameters.Length > 1 && parameters[^1].IsOut && ((MethodInfo)method).ReturnType == typeof(OperationStatus) && IsValue(parameters[^1].ParameterType.GetElementType()!)))
            return false;
        ParameterInfo[] inputs = hasResult ? parameters[..^1] : parameters;
        return inputs.Count(input => input.ParameterType == typeof(ReadOnlySpan<byte>)) == 1
            && inputs.All(input => input.ParameterType == typeof(ReadOnlySpan<byte>) || IsNumber(input.ParameterType));
    }

    private static bool IsNumber(Type type) => type == typeof(int).MakeByRefType() || type.IsEnum || type == typeof(bool) || type == typeof(byte) || type == typeof(ushort) || type == typeof(int) || type == typeof(long);

    private static bool IsValue(Type type) => type.IsByRefLike || (type.IsValueType && !type.IsPrimitive);

    private static Reading OfMethod(MethodInfo method)
    {
        Type result = method.GetParameters()[^1].ParameterType.GetElementType()!;
        var dynamic = new DynamicMethod(method.Name, typeof(long), [typeof(ReadOnlySpan<byte>), typeof(int)], typeof(ViewExercise).Module, skipVisibility: true);
        ILGenerator code = dynamic.GetILGenerator();
        LocalBuilder view = code.DeclareLocal(result), sum = code.DeclareLocal(typeof(long));
        Label failed = code.DefineLabel();
        Load(code, method.GetParameters()[..^1]);
        code.Emit(OpCodes.Ldloca, view);
        code.Emit(OpCodes.Call, method);
        code.Emit(OpCodes.Brtrue, failed);
        code.Emit(OpCodes.Ldloc, view);
        EmitConsume(code, result, sum);
        code.MarkLabel(failed);
        code.Emit(OpCodes.Ldloc, sum);
        code.Emit(OpCodes.Ret);
        return dynamic.CreateDelegate<Reading>();
    }

    private static Reading OfConstructor(ConstructorInfo constructor)
    {
        var dynamic = new DynamicMethod(constructor.DeclaringType!.Name, typeof(long), [typeof(ReadOnlySpan<byte>), typeof(int)], typeof(ViewExercise).Module, skipVisibility: true);
        ILGenerator code = dynamic.GetILGenerator();
        LocalBuilder view = code.DeclareLocal(constructor.DeclaringType);
        Load(code, constructor.GetParameters());
        code.Emit(OpCodes.Newobj, constructor);
        code.Emit(OpCodes.Stloc, view);
        Visit(code, view);
        code.Emit(OpCodes.Ret);
        return dynamic.CreateDelegate<Reading>();
    }

    private static void Load(ILGenerator code, ParameterInfo[] parameters)
    {
        foreach (ParameterInfo parameter in parameters)
        {
            if (parameter.ParameterType.IsByRef) // where in the octets to begin, and where it ended
            {
                LocalBuilder place = code.DeclareLocal(typeof(int));
                code.Emit(OpCodes.Ldarg_1);
                code.Emit(OpCodes.Stloc, place);
                code.Emit(OpCodes.Ldloca, place);
                continue;
            }

            Type type = parameter.ParameterType.IsEnum ? parameter.ParameterType.GetEnumUnderlyingType() : parameter.ParameterType;
            code.Emit(type == typeof(ReadOnlySpan<byte>) ? OpCodes.Ldarg_0 : OpCodes.Ldarg_1);
            if (type == typeof(long))
            {
                code.Emit(OpCodes.Conv_I8);
            }
            else if (type == typeof(bool))
            {
                code.Emit(OpCodes.Ldc_I4_1);
                code.Emit(OpCodes.And);
            }
            else if (type == typeof(byte))
            {
                code.Emit(OpCodes.Conv_U1);
            }
            else if (type == typeof(ushort))
            {
                code.Emit(OpCodes.Conv_U2);
            }
        }
    }

    // Leaves a sum on the stack.
    private static void Visit(ILGenerator code, LocalBuilder value)
    {
        code.Emit(OpCodes.Ldloca, value);
        code.Emit(OpCodes.Call, VisitOf(value.LocalType));
    }

    private static DynamicMethod VisitOf(Type type)
    {
        if (Visits.TryGetValue(type, out DynamicMethod? known))
            return known;
        var dynamic = new DynamicMethod($"Visit{type.Name}", typeof(long), [type.MakeByRefType()], typeof(ViewExercise).Module, skipVisibility: true);
        Visits[type] = dynamic;
        ILGenerator code = dynamic.GetILGenerator();
        LocalBuilder sum = code.DeclareLocal(typeof(long));
        if (type.IsByRefLike)
            EmitWalk(code, type, sum);
        EmitMembers(code, type, sum);
        if (type.IsByRefLike)
            EmitReads(code, type, sum);
        code.Emit(OpCodes.Ldloc, sum);
        code.Emit(OpCodes.Ret);
        return dynamic;
    }

    private static void EmitWalk(ILGenerator code, Type type, LocalBuilder sum)
    {
        MethodInfo? step = type.GetMethod("MoveNext", Type.EmptyTypes) ?? type.GetMethod("Read", BindingFlags.Public | BindingFlags.Instance, Type.EmptyTypes);
        if (step is null || type.GetProperty("Current") is not { } current)
            return;
        LocalBuilder steps = code.DeclareLocal(typeof(int));
        Label again = code.DefineLabel(), end = code.DefineLabel();
        code.MarkLabel(again);
        code.Emit(OpCodes.Ldarg_0);
        code.Emit(OpCodes.Call, step);
        code.Emit(step.ReturnType == typeof(bool) ? OpCodes.Brfalse : OpCodes.Brtrue, end);
        code.Emit(OpCodes.Ldarg_0);
        code.Emit(OpCodes.Call, current.GetMethod!);
        EmitConsume(code, current.PropertyType, sum);
        code.Emit(OpCodes.Ldloc, steps);
        code.Emit(OpCodes.Ldc_I4_1);
        code.Emit(OpCodes.Add);
        code.Emit(OpCodes.Dup);
        code.Emit(OpCodes.Stloc, steps);
        code.Emit(OpCodes.Call, Helper(nameof(Count)));
        code.Emit(OpCodes.Br, again);
        code.MarkLabel(end);
    }

    private static void EmitMembers(ILGenerator code, Type type, LocalBuilder sum)
    {
        foreach (MethodInfo method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
        {
            if (method.GetParameters().Length > 0 || NotMembers.Contains(method.Name) || method.ReturnType == typeof(void) || method.Name.Contains('<', StringComparison.Ordinal)
                || (!method.ReturnType.IsValueType && !method.ReturnType.IsByRef) || method.Name == "get_Current" || (!type.IsByRefLike && !method.IsSpecialName))
            {
                continue;
            }

            code.Emit(OpCodes.Ldarg_0);
            code.Emit(OpCodes.Call, method);
            EmitConsume(code, method.ReturnType, sum);
        }
    }

    // Methods that read a part of the view: ReadName(out DnsName).
    private static void EmitReads(ILGenerator code, Type type, LocalBuilder sum)
    {
        foreach (MethodInfo method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
        {
            ParameterInfo[] parameters = method.GetParameters();
            if (method.ReturnType != typeof(OperationStatus) || parameters.Length == 0
                || !parameters.All(parameter => parameter.ParameterType.IsByRef && parameter.ParameterType.GetElementType()!.IsValueType))
            {
                continue;
            }

            LocalBuilder[] locals = [.. parameters.Select(parameter => code.DeclareLocal(parameter.ParameterType.GetElementType()!))];
            code.Emit(OpCodes.Ldarg_0);
            foreach (LocalBuilder local in locals)
                code.Emit(OpCodes.Ldloca, local);
            code.Emit(OpCodes.Call, method);
            Label failed = code.DefineLabel();
            code.Emit(OpCodes.Brtrue, failed);
            foreach (LocalBuilder local in locals.Where(local => local.LocalType.IsByRefLike))
            {
                code.Emit(OpCodes.Ldloc, local);
                EmitConsume(code, local.LocalType, sum);
            }

            code.MarkLabel(failed);
        }

        foreach (MethodInfo method in ReadsOf(type))
        {
            LocalBuilder result = code.DeclareLocal(method.GetParameters()[1].ParameterType.GetElementType()!);
            Label failed = code.DefineLabel();
            code.Emit(OpCodes.Ldarg_0);
            code.Emit(OpCodes.Ldobj, type);
            code.Emit(OpCodes.Ldloca, result);
            code.Emit(OpCodes.Call, method);
            code.Emit(OpCodes.Brtrue, failed);
            code.Emit(OpCodes.Ldloc, result);
            EmitConsume(code, result.LocalType, sum);
            code.MarkLabel(failed);
        }
    }

    // What is read of a view rather than of octets: TlsHello.Read(TlsHandshakeMessage, …).
    private static IEnumerable<MethodInfo> ReadsOf(Type view) => view.Assembly.GetExportedTypes()
        .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
        .Where(method => method.Name == "Read" && method.ReturnType == typeof(OperationStatus)
            && method.GetParameters() is [{ } input, { IsOut: true }] && input.ParameterType == view && view.Namespace!.StartsWith("NetWhy", StringComparison.Ordinal));

    private static void EmitConsume(ILGenerator code, Type type, LocalBuilder sum)
    {
        if (type.IsByRef)
        {
            code.Emit(OpCodes.Ldobj, type.GetElementType()!);
            type = type.GetElementType()!;
        }

        if (type == typeof(ReadOnlySpan<byte>))
        {
            code.Emit(OpCodes.Call, Touch);
        }
        else if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ReadOnlySpan<>))
        {
            code.Emit(OpCodes.Call, AsBytes.MakeGenericMethod(type.GetGenericArguments()));
            code.Emit(OpCodes.Call, Touch);
        }
        else if (type.Namespace?.StartsWith("NetWhy", StringComparison.Ordinal) is true && !type.IsEnum)
        {
            LocalBuilder value = code.DeclareLocal(type);
            code.Emit(OpCodes.Stloc, value);
            Visit(code, value);
        }
        else
        {
            code.Emit(OpCodes.Pop);
            code.Emit(OpCodes.Ldc_I8, 1L);
        }

        code.Emit(OpCodes.Ldloc, sum);
        code.Emit(OpCodes.Add);
        code.Emit(OpCodes.Stloc, sum);
    }

    private static MethodInfo Helper(string name) => typeof(ViewExercise).GetMethod(name, BindingFlags.NonPublic | BindingFlags.Static)!;

    private static long TouchOctets(ReadOnlySpan<byte> octets)
    {
        long sum = octets.Length;
        foreach (byte octet in octets)
            sum += octet;
        return sum;
    }

    private static void Count(int steps)
    {
        if (steps > MostSteps)
            throw new InvalidOperationException("a walk does not end");
    }
}
